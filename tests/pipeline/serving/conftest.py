import pytest

from tests.support.servers.tf_serving import tf_serving_stand_in


@pytest.fixture(scope="module")
def server(exported):
    with tf_serving_stand_in(exported.folder, "fashion_mnist", 7) as addresses:
        yield addresses
        addresses.model.state = "AVAILABLE"
