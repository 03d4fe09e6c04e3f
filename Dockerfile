# The ingest daemon as a container:
#
#     docker build -t pywats .
#     docker run -d --restart unless-stopped --stop-timeout 60 \
#         -v /etc/pywats:/etc/pywats:ro -v /data:/data -v pywats:/var/lib/pywats pywats
#
# The configuration is /etc/pywats/ingest.yaml; its spool belongs on the volume /var/lib/pywats. User 10001 reads the former and
# writes into the watched folders: `chown -R 10001 /data`. For the status page add `-p 8321:8321`, with `host: 0.0.0.0` and a
# password in its block.
FROM python:3.13-slim

COPY requirements/runtime.txt /tmp/
RUN pip install --no-cache-dir --require-hashes -r /tmp/runtime.txt

COPY . /tmp/pywats
RUN pip install --no-cache-dir --no-deps /tmp/pywats && rm -r /tmp/pywats \
    && useradd --uid 10001 --create-home --home-dir /var/lib/pywats pywats

USER pywats
WORKDIR /var/lib/pywats
VOLUME /var/lib/pywats
STOPSIGNAL SIGTERM
ENTRYPOINT ["pywats"]
CMD ["ingest", "/etc/pywats/ingest.yaml"]
