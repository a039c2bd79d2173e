# SPDX-License-Identifier: Apache-2.0
#   docker build -t userstats --build-arg COMMIT=$(git rev-parse --short=12 HEAD) .
#   docker run --rm -v stats:/var/lib/userstats userstats schema migrate
#   docker run -p 8080:8080 -v stats:/var/lib/userstats -v ./keys/jwks.json:/etc/userstats/jwks.json:ro userstats
FROM debian:trixie-slim AS build
ARG COMMIT=unknown
COPY scripts/install-deps /tmp/install-deps
RUN /tmp/install-deps build && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cmake --preset release -DUSERSTATS_COMMIT="$COMMIT" && cmake --build --preset release --target userstats \
    && install -D build/release/userstats /out/userstats

FROM debian:trixie-slim
RUN apt-get update -q && apt-get install -y -q --no-install-recommends \
        libmicrohttpd12t64 libcjson1 libssl3t64 libsqlite3-0 libinih1 libxxhash0 libcurl4t64 zlib1g ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/userstats
COPY --from=build /out/userstats /usr/local/bin/userstats
# The admin port stays on the container's own loopback, where the health check asks it.
ENV USERSTATS_SERVER_LISTEN=0.0.0.0:8080 \
    USERSTATS_STORE_URL=sqlite:/var/lib/userstats/userstats.db \
    USERSTATS_AUTH_KEYS=/etc/userstats/jwks.json
USER 10001:10001
VOLUME /var/lib/userstats
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["userstats", "healthcheck"]
ENTRYPOINT ["userstats"]
CMD ["serve"]
