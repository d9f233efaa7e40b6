"""Tables: CSV, Parquet and Excel files, and the inputs that their columns become."""
