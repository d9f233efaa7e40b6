"""Networks that are put together here: of a program's layers, of its engine, with its loss."""
