# Odoo's official image with what our addons need; the addons themselves are part of the image.
FROM odoo:19.0

USER root
COPY requirements-addons.txt requirements-oca.txt constraints.txt /opt/dealer-suite/
# --no-deps: Odoo and its own packages are in the image already; cssselect is openupgradelib's
RUN pip3 install --no-cache-dir --break-system-packages --no-deps \
        -c /opt/dealer-suite/constraints.txt \
        -r /opt/dealer-suite/requirements-addons.txt \
        -r /opt/dealer-suite/requirements-oca.txt \
        cssselect \
    && apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
COPY odoo.conf /etc/odoo/odoo.conf
COPY addons /mnt/extra-addons
USER odoo
