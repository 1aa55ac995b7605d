# docker build -t shrike .
FROM node:26-bookworm-slim AS build
WORKDIR /shrike
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# The image has the Node.js it needs: the one that comes as a package is left out.
RUN npm run build && npm prune --omit=dev --omit=optional

FROM node:26-bookworm-slim
ENV NODE_ENV=production
WORKDIR /shrike
COPY --from=build /shrike/package.json /shrike/LICENSE ./
COPY --from=build /shrike/bin bin
COPY --from=build /shrike/dist dist
COPY --from=build /shrike/node_modules node_modules
RUN mkdir /data && chown node:node /data
USER node
# Of the embedded deployment the data, of the distributed one the file of keys.
VOLUME /data
ENV SHRIKE_DATA=/data SHRIKE_KEYS=/data/keys.json SHRIKE_HOST=0.0.0.0
EXPOSE 8080
ENTRYPOINT ["node", "bin/shrike.js"]
CMD ["serve"]
