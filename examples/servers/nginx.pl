#!/usr/bin/perl
# Starts nginx in the working directory, with a configuration for each generation: it takes its listener from --fds-as=nginx,
# and recognises it by its address, so that its configuration must name it too.
use strict;
use warnings;

my $generation = $ENV{SERVER_STARTER_GENERATION};
my ($address) = $ENV{SERVER_STARTER_PORT} =~ /^(.*)=3$/ or die "no listener at descriptor 3\n";

mkdir "nginx.$generation";
open my $config, '>', "nginx.$generation/conf" or die "nginx.$generation/conf: $!";
print $config <<"CONFIG";
@{[$ENV{BROKEN} ? 'this release is broken;' : '']}
daemon off;
pid nginx.$generation/pid;
worker_processes 2;
error_log stderr warn;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path nginx.$generation/body;
    proxy_temp_path nginx.$generation/proxy;
    fastcgi_temp_path nginx.$generation/fastcgi;
    uwsgi_temp_path nginx.$generation/uwsgi;
    scgi_temp_path nginx.$generation/scgi;
    server {
        listen $address;
        default_type text/plain;
        return 200 "generation $generation, pid \$pid\\n";
    }
}
CONFIG
close $config;

exec 'nginx', '-e', 'stderr', '-p', '.', '-c', "nginx.$generation/conf";
