"""Pure renderers: records in, text, tables, CSV and JSON out."""
