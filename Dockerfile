FROM node:20-bookworm-slim

# For a container that runs alone; with REDIS_URL set it stays unused.
RUN apt-get update \
  && apt-get install -y --no-install-recommends redis-server \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY . .

ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/var/lib/flowproof
RUN install -d -o node -g node -m 0700 /var/lib/flowproof
VOLUME /var/lib/flowproof
USER node
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# Node itself is the first process: it gets SIGTERM, and finishes what it acknowledged.
CMD ["node", "cli/bin.js", "serve"]
