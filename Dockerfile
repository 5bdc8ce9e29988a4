# One image for every step of the pipeline on Kubernetes, and for Beam's workers.
#
# `make image` builds it. It has no ENTRYPOINT: Kubeflow Pipelines ignores one on a
# cluster, and its local runner puts it before each command.

# Debian 13 has Python 3.13, for which TFX's packages are used as published. Debian 12,
# debian:bookworm-slim with Python 3.11, is another possible base.
ARG BASE_IMAGE=docker.io/library/debian:trixie-slim
# For runners that start workers with Beam's boot program: an apache/beam_python3.13_sdk
# image of the locked Beam version, with the same Python version as the base image. The
# default, the build stage, contains no boot program.
ARG BEAM_SDK_IMAGE=build

FROM ${BASE_IMAGE} AS build
# The compiler and the headers are for pyfarmhash, which has no wheel for Python 3.10.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
    binutils ca-certificates python3-pip python3-venv \
 && if python3 -c 'import sys; sys.exit(sys.version_info >= (3, 11))'; \
    then apt-get install --yes --no-install-recommends g++ python3-dev; fi \
 && rm -rf /var/lib/apt/lists/*
RUN mkdir -p /opt/apache/beam && python3 -m venv --without-pip /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.lock /tmp/requirements.lock
# Both secrets are optional. They are the machine's own settings for a package index.
# One command, since a builder writes gigabytes after each. It ends with the removal of
# what is only needed to build against these packages, or to debug or test them, and
# with the compilation of the modules that are imported. The bytecode of the others would
# take as much space again.
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=ca-certificates.crt \
    PIP_CONFIG_FILE=/run/secrets/pip.conf /usr/bin/python3 -m pip \
    --python /opt/venv/bin/python install --quiet --no-cache-dir --no-compile \
    --no-deps --require-hashes --requirement /tmp/requirements.lock \
 && cd /opt/venv/lib/python3*/site-packages \
 && rm -rf tensorflow/include clang \
 && strip --strip-unneeded tensorflow/libtensorflow_*.so.* \
 && find . -type d -name tests -prune -exec rm -rf {} + \
 && TF_CPP_MIN_LOG_LEVEL=3 python -c "import tensorflow, keras, tensorflow_datasets; \
import tfx.components, tfx.orchestration.local.runner_utils; \
import tensorflow_model_analysis, tensorflow_data_validation, tensorflow_transform"

FROM ${BEAM_SDK_IMAGE} AS beam-sdk

FROM ${BASE_IMAGE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt \
 && groupadd --gid 1000 pipeline \
 && useradd --uid 1000 --gid 1000 --create-home pipeline \
 # Any user may write to the home folder, because a cluster may choose another user.
 && chmod 1777 /home/pipeline
COPY --from=build /opt/venv /opt/venv
COPY --from=beam-sdk /opt/apache/beam /opt/apache/beam
COPY components /opt/project/components
COPY pipeline /opt/project/pipeline
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/project \
    PYTHONUNBUFFERED=1 \
    HOME=/home/pipeline
WORKDIR /home/pipeline
USER 1000:1000
# Imports what the steps import. The build fails if the image lacks something.
RUN python -m pipeline.kubeflow.image_check
