"""Software distribution: packages, their files and folders, and their installation."""
