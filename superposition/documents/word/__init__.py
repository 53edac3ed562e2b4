"""Word documents in general: styles, captions, tables, equations."""
