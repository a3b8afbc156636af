"""Problems and programs to measure on: readers of data sets, pools, input validators."""
