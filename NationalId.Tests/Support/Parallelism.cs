// Most tests wait for delays of a second or two more than they compute: ten at a time make use of that.
[assembly: CollectionBehavior(MaxParallelThreads = 10)]
