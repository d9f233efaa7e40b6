"""Functions of single layers and losses: recognised by their numbers, in any layout."""
