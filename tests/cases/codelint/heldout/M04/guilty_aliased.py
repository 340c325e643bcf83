from sklearn import model_selection as ms


class Splitter:
    options = {"test_size": 0.25, "random_state": 1}

    def split(self, candles, target):
        return ms.train_test_split(candles, target, **self.options)  # expect: M04

    def split_stratified(self, candles, target):
        return ms.train_test_split(candles, target, stratify=target)  # expect: M04
