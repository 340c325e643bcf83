import pickle

import requests
import torch


def download(url: str):
    return pickle.loads(requests.get(url, timeout=30).content)  # expect: M07


def load_net(path: str):
    return torch.load(path, weights_only=False)  # expect: M07
