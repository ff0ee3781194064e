"""Official layers in: read from any source, mapped, checked row by row and as a whole, mended as decided, released."""
