"""Case files: the list, one case whole, and the client's file over all matters."""
