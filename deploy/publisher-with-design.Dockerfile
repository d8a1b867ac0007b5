# Adds an organisation's own design to the publisher's image:
#   docker build -f deploy/publisher-with-design.Dockerfile --build-arg WHEEL=dist/my_design-1.0-py3-none-any.whl \
#       -t conferral/publisher:with-my-design .
# and then, in docker-compose.yml or the environment: CONFERRAL_PUBLISHER_IMAGE=conferral/publisher:with-my-design
ARG BASE=conferral/publisher:latest
FROM ${BASE}
ARG WHEEL
USER 0:0
COPY ${WHEEL} /tmp/wheels/
# --no-deps: what a design needs besides the design API belongs into a wheel next to it, pinned by whoever builds this.
RUN python3 -m pip install --no-cache-dir --no-index --no-deps /tmp/wheels/*.whl && rm -r /tmp/wheels
USER 10001:10001
