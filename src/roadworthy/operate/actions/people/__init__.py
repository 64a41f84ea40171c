"""What people have to do with actions: decide about held ones, settle those that were given up."""
