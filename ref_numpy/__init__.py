"""The reference: forward and backward propagation by hand, in NumPy, in the course's notation.

spec = NetworkSpec.dense([64, 32, 10], hidden="relu", output="softmax")
params = initialise(spec, "he", seed=0)
trace = run(spec, params, X, Y)                 # trace["dW1"], trace["J"], …
params, costs = fit(spec, params, X, Y, optimiser=Adam(0.001), epochs=20, batch_size=64)
"""

from ref_numpy.context import Cache, Context
from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.labels import one_hot
from ref_numpy.data.preprocessing import ImageSizes, Standardiser, flatten_images, image_sizes
from ref_numpy.elementwise import Elementwise
from ref_numpy.errors import InputError
from ref_numpy.graphs.gpt import gpt
from ref_numpy.graphs.graph import Graph, WholeNumbers
from ref_numpy.graphs.lenet import lenet
from ref_numpy.graphs.llama import llama
from ref_numpy.graphs.public_weights import load_public, save_public
from ref_numpy.graphs.step import Step
from ref_numpy.initialisation import initialise
from ref_numpy.layer import Array, Layer
from ref_numpy.layers.add import Add
from ref_numpy.layers.attention.attention import Attention
from ref_numpy.layers.attention.causal_softmax import CausalSoftmax
from ref_numpy.layers.attention.join_heads import JoinHeads
from ref_numpy.layers.attention.padded_softmax import PaddedSoftmax
from ref_numpy.layers.attention.positions import Positions
from ref_numpy.layers.attention.rotary import Rotary
from ref_numpy.layers.attention.scores import Scores
from ref_numpy.layers.attention.split_heads import SplitHeads
from ref_numpy.layers.attention.weighted_values import WeightedValues
from ref_numpy.layers.batch_norm import BatchNorm
from ref_numpy.layers.concatenate import Concatenate
from ref_numpy.layers.convolutional.average_pool import AveragePool
from ref_numpy.layers.convolutional.conv1d import Conv1d
from ref_numpy.layers.convolutional.conv2d import Conv2d
from ref_numpy.layers.convolutional.global_average_pool import GlobalAveragePool
from ref_numpy.layers.convolutional.group_norm import GroupNorm
from ref_numpy.layers.convolutional.max_pool import MaxPool
from ref_numpy.layers.convolutional.transposed_conv2d import TransposedConv2d
from ref_numpy.layers.dense import Dense
from ref_numpy.layers.dropout import Dropout
from ref_numpy.layers.elu import Elu
from ref_numpy.layers.embedding import Embedding
from ref_numpy.layers.flatten import Flatten
from ref_numpy.layers.gelu import Gelu
from ref_numpy.layers.gelu_tanh import GeluTanh
from ref_numpy.layers.identity import Identity
from ref_numpy.layers.layer_norm import LayerNorm
from ref_numpy.layers.leaky_relu import LeakyReLU
from ref_numpy.layers.maxout import Maxout
from ref_numpy.layers.multiply import Multiply
from ref_numpy.layers.relu import ReLU
from ref_numpy.layers.rms_norm import RMSNorm
from ref_numpy.layers.sigmoid import Sigmoid
from ref_numpy.layers.silu import Silu
from ref_numpy.layers.softmax import Softmax
from ref_numpy.layers.softplus import Softplus
from ref_numpy.layers.split import Split
from ref_numpy.layers.tanh import Tanh
from ref_numpy.layers.unembedding import Unembedding
from ref_numpy.loss import Loss
from ref_numpy.losses.absolute_error import AbsoluteError
from ref_numpy.losses.binary_cross_entropy import BinaryCrossEntropy
from ref_numpy.losses.cross_entropy import CrossEntropy
from ref_numpy.losses.hinge import Hinge
from ref_numpy.losses.huber import Huber
from ref_numpy.losses.multiclass_hinge import MulticlassHinge
from ref_numpy.losses.squared_error import SquaredError
from ref_numpy.losses.token_cross_entropy import TokenCrossEntropy
from ref_numpy.model import Model, load_model
from ref_numpy.network import NetworkSpec
from ref_numpy.old_names import RENAMED, answer_old_names
from ref_numpy.optimisers import Adam, GradientDescent, Momentum, Optimiser, RMSProp
from ref_numpy.propagation import backward, cost, forward, run
from ref_numpy.trace import Trace
from ref_numpy.training import (
    accuracy,
    cost_and_gradients,
    descend,
    epoch_permutation,
    fit,
    minibatches,
    order,
    predict,
    training_updates,
)
from ref_numpy.version import __version__ as __version__
from ref_numpy.weights import load, load_data_spec, load_standardiser, save

answer_old_names(RENAMED)

__all__ = [
    "AbsoluteError", "Adam", "Add", "Array", "Attention", "AveragePool", "BatchNorm",
    "BinaryCrossEntropy", "Cache", "CausalSoftmax", "Concatenate", "Context", "Conv1d", "Conv2d",
    "CrossEntropy", "DataSpec", "Dense", "Dropout", "Elementwise", "Elu", "Embedding", "Flatten",
    "Gelu", "GeluTanh", "GlobalAveragePool", "GradientDescent", "Graph", "GroupNorm", "Hinge",
    "Huber", "Identity", "ImageSizes", "InputError", "JoinHeads", "Layer", "LayerNorm", "LeakyReLU",
    "Loss", "MaxPool", "Maxout", "Model", "Momentum", "MulticlassHinge", "Multiply", "NetworkSpec",
    "Optimiser", "PaddedSoftmax", "Positions", "RMSNorm", "RMSProp", "ReLU", "Rotary", "Scores",
    "Sigmoid", "Silu", "Softmax", "Softplus", "Split", "SplitHeads", "SquaredError", "Standardiser",
    "Step", "Tanh", "TokenCrossEntropy", "Trace", "TransposedConv2d", "Unembedding",
    "WeightedValues", "WholeNumbers", "accuracy", "backward", "cost", "cost_and_gradients",
    "descend", "epoch_permutation", "fit", "flatten_images", "forward", "gpt", "image_sizes",
    "initialise", "lenet", "llama", "load", "load_data_spec", "load_model", "load_public",
    "load_standardiser", "minibatches", "one_hot", "order", "predict", "run", "save", "save_public",
    "training_updates",
]  # fmt: skip
