// Most tests wait for delays of a second or two more than they compute: seven at a time keep two cores busy. More would
// only have each other wait.
[assembly: CollectionBehavior(MaxParallelThreads = 7)]
