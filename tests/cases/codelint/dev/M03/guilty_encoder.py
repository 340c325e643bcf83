from sklearn.preprocessing import MinMaxScaler, OrdinalEncoder


class Pipeline:
    def __init__(self):
        self.scaler = MinMaxScaler()
        self.encoder = OrdinalEncoder()

    def prepare(self, frame, columns):
        self.scaler.fit(frame[columns])  # expect: M03
        self.encoder.fit(frame[["regime"]])  # expect: M03
        cut = int(len(frame) * 0.8)
        train, test = frame.iloc[:cut], frame.iloc[cut:]
        return self.scaler.transform(train[columns]), self.scaler.transform(test[columns])
