"""The pages, a module for each group; every route names who may ask."""
