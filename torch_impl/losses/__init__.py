"""The criterion of each kind of loss in torch, in the module of the kind's name."""
