# One image, several commands: `qualicity COMMAND`, and `qualicity-grafana dashboards push|verify --grafana` from a
# second environment, because grafana-client replaces the urllib3 that influxdb-client imports.
# docker-compose.yml says with which rights, files and health checks it runs.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_NO_CACHE_DIR=1
WORKDIR /source

# The wheel, from this tree and hashed pins: what runs is what ships.
COPY requirements-build.lock ./
RUN python -m venv /build && /build/bin/pip install --only-binary :all: --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY qualicity qualicity
COPY collector collector
COPY aggregator aggregator
COPY alerting alerting
COPY targets targets
COPY dashboards dashboards
COPY reports reports
COPY console console
COPY examples examples
COPY docs/runbooks docs/runbooks
RUN /build/bin/pip wheel --no-deps --no-build-isolation -w /wheels .

# Two environments without pip; only wheels, so nothing is compiled.
COPY requirements.lock requirements-grafana.lock ./
RUN python -m venv --without-pip /opt/qualicity \
    && pip --python /opt/qualicity/bin/python install --only-binary :all: --require-hashes -r requirements.lock \
    && pip --python /opt/qualicity/bin/python install --no-deps --no-index /wheels/*.whl
RUN python -m venv --without-pip /opt/qualicity-grafana \
    && pip --python /opt/qualicity-grafana/bin/python install --only-binary :all: --require-hashes \
        -r requirements-grafana.lock \
    && pip --python /opt/qualicity-grafana/bin/python install --no-deps --no-index /wheels/*.whl

FROM python:3.11.14-slim-bookworm
# A new named volume takes owner and mode from the folder that it covers.
RUN groupadd --gid 10001 qualicity \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin qualicity \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/qualicity/data /run/tokens /run/write-tokens \
    && install -d -o 10001 -g 10001 -m 0755 /var/lib/qualicity/dashboards
COPY --from=build /opt /opt
RUN ln -s /opt/qualicity-grafana/bin/qualicity /usr/local/bin/qualicity-grafana
ENV PATH=/opt/qualicity/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    QUALICITY_DATA=/var/lib/qualicity/data
USER 10001:10001
WORKDIR /var/lib/qualicity
EXPOSE 8414
ENTRYPOINT ["qualicity"]
CMD ["serve"]
