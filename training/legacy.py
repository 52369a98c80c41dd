"""TensorFlow with the Keras its transformers classes need: the one place that imports them.

Importing this module sets `TF_USE_LEGACY_KERAS`, which must be there before TensorFlow is; so it
is imported only by the modules that train, and these only when something is trained.
"""

import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import tensorflow as tf
import tf_keras as keras
import transformers

__all__ = ["keras", "tf", "transformers"]
