"""Loaders of training and test data: IDX, `.npz`, CSV, and the sets that have a name."""

from imnnc.data.dataset import Dataset, data_files, load_dataset
from imnnc.data.scaling import Scaling

__all__ = ["Dataset", "Scaling", "data_files", "load_dataset"]
