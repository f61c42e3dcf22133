"""The page where people of the firm declare their interests."""
