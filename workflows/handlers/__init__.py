"""One service task or form a file: parameters in, one call on a record, result out."""
