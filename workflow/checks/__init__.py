"""What no schema can say of a configuration, by subject; each check raises an error with place and hint."""
