"""Examples of whole numbers, such as texts of tokens."""
