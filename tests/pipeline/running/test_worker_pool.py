import threading
from concurrent import futures

import grpc
from apache_beam.portability.api import (
    beam_fn_api_pb2,
    beam_fn_api_pb2_grpc,
    endpoints_pb2,
)

from pipeline.running.worker_pool import WorkerPool


class ControlServer(beam_fn_api_pb2_grpc.BeamFnControlServicer):
    """Stands in for an engine's worker: sees one of the pool come and go."""

    def __init__(self):
        self.connected, self.ended = threading.Event(), threading.Event()
        self._server = grpc.server(futures.ThreadPoolExecutor(2))
        beam_fn_api_pb2_grpc.add_BeamFnControlServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def Control(self, responses, context):
        self.connected.set()
        for _ in responses:
            pass
        self.ended.set()
        return
        yield

    def stop(self):
        self._server.stop(None).wait()


def test_a_worker_stays_when_another_engine_stops_one_of_the_same_number():
    address, pool = WorkerPool.start(port=0, use_process=False)
    engines = [ControlServer(), ControlServer()]
    try:
        with grpc.insecure_channel(address) as channel:
            stub = beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolStub(channel)
            for engine in engines:
                endpoint = endpoints_pb2.ApiServiceDescriptor(
                    url=f"127.0.0.1:{engine.port}"
                )
                answer = stub.StartWorker(
                    beam_fn_api_pb2.StartWorkerRequest(
                        worker_id="1-1", control_endpoint=endpoint
                    )
                )
                assert not answer.error
                assert engine.connected.wait(20)
            stub.StopWorker(beam_fn_api_pb2.StopWorkerRequest(worker_id="1-1"))
            assert not engines[1].ended.wait(1)
    finally:
        for engine in engines:
            engine.stop()
        pool.stop(None)
