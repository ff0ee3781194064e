"""A map sheet on paper: its frame, the zones in view, its legend, and the drawing of it as SVG and PNG."""
