"""What a study found, as tables, figures, files and one page."""
