"""vibench."""
