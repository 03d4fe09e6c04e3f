"""The arguments, options and help of the commands, a module for each kind; what they do is loaded when they run."""
