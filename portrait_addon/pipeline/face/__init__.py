"""Any face: mesh, openings, palette, canonical face."""
