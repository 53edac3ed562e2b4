"""The LLC of anybody's module and of its parts, with settings found by trying."""
