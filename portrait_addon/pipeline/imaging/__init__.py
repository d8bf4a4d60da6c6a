"""Any picture: arrays, colours, sample grids, rasters, compositing."""
