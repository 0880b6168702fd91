#!/usr/bin/perl
# Starts nginx on descriptor 3, in the working directory: it finds inherited listeners in NGINX, and recognises them
# by their address, so that its configuration must name it too.
use strict;
use warnings;
use Fcntl;

my $generation = $ENV{SERVER_STARTER_GENERATION};
my ($address) = $ENV{SERVER_STARTER_PORT} =~ /^(.*)=3$/ or die "no listener at descriptor 3\n";

# nginx takes an inherited listener as it is, and blocks in accept(2) where another process was quicker.
open my $listener, '+<&=', 3 or die "descriptor 3: $!";
fcntl $listener, F_SETFL, O_NONBLOCK | fcntl $listener, F_GETFL, 0;
fcntl $listener, F_SETFD, 0;

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

$ENV{NGINX} = '3;';
exec 'nginx', '-e', 'stderr', '-p', '.', '-c', "nginx.$generation/conf";
