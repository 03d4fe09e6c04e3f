"""Products: revisions, groups, bills of material, box builds, tags, categories and vendors."""
