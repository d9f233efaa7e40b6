"""Functions of the course's assignments as candidates."""
