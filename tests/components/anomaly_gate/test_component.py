from tensorflow_metadata.proto.v0 import anomalies_pb2

from components.anomaly_gate.component import describe_anomalies


def _anomalies(description):
    anomalies = anomalies_pb2.Anomalies()
    anomalies.anomaly_info["height"].reason.add(description=description)
    return anomalies


def test_no_anomaly_has_no_description():
    assert describe_anomalies("train", anomalies_pb2.Anomalies()) == []


def test_a_description_names_split_feature_and_reason():
    assert describe_anomalies("test", _anomalies("Unexpectedly high value: 32.")) == [
        "split 'test', feature 'height': Unexpectedly high value: 32"
    ]


def test_anomalies_of_the_whole_split_are_described():
    anomalies = anomalies_pb2.Anomalies()
    anomalies.dataset_anomaly_info.reason.add(description="Low num examples")
    assert describe_anomalies("train", anomalies) == [
        "split 'train', all features: Low num examples"
    ]
