"""What a training leaves to look at: pictures, predictions, weights and a table."""

from ref_numpy.old_names import attributes_of

# An earlier version had a module of this name.
__getattr__ = attributes_of(__name__, "torch_impl.results.cost_curve")
