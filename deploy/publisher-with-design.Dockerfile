# Adds an organisation's own designs to the publisher's image. The build context is a folder that has their wheels:
#   pip wheel --no-deps --wheel-dir dist path/to/my-design
#   docker build -f deploy/publisher-with-design.Dockerfile -t conferral/publisher:with-my-design dist
#   CONFERRAL_PUBLISHER_IMAGE=conferral/publisher:with-my-design docker compose up --detach
# The last one without --build, which would build the plain publisher under that name.
ARG BASE=conferral/publisher:latest
FROM ${BASE}
USER 0:0
COPY *.whl /tmp/wheels/
# What a design needs besides the design API goes into the folder as wheels too, chosen by whoever builds this.
RUN python3 -m pip install --no-cache-dir --no-index --no-deps /tmp/wheels/*.whl && rm -r /tmp/wheels
USER 10001:10001
