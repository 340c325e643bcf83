"""Formats that carry no code; pickling out is harmless; weights only."""

import json
import pickle

import lightgbm as lgb
import torch


def load(path: str) -> lgb.Booster:
    return lgb.Booster(model_file=path)


def manifest(path: str) -> dict:
    with open(path, encoding="utf-8") as handle:
        return json.load(handle)


def size_of(candle) -> int:
    return len(pickle.dumps(candle))


def load_net(path: str, net):
    net.load_state_dict(torch.load(path, weights_only=True))
    return net
