"""Pure readers of discovery documents: bytes in, links out."""
