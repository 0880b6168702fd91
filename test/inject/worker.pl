#!/usr/bin/perl
# A worker that costs little: it says that it is ready, by whichever way it is asked to, and answers with its generation
# and pid. SIGTERM ends it at once. With a file `fail` in its directory it ends before it is ready.
use strict;
use warnings;
use IO::Handle;
use Socket;

if (-e 'fail') { print STDERR "told to fail\n"; exit 3 }
my ($fd) = $ENV{SERVER_STARTER_PORT} =~ /listener=(\d+)/ or die "no listener";
open my $listener, '+<&=', $fd or die "cannot take the listener: $!";

if (my $number = $ENV{SSD_READY_FD}) { open my $ready, '>&=', $number or die $!; syswrite $ready, "\n" }
if (my $path = $ENV{NOTIFY_SOCKET}) {
    $path =~ s/^@/\0/;
    socket my $notify, AF_UNIX, SOCK_DGRAM, 0 or die $!;
    send $notify, 'READY=1', 0, pack_sockaddr_un($path) or die $!;
}
while (accept my $connection, $listener) {
    syswrite $connection, "$ENV{SERVER_STARTER_GENERATION}:$$\n";
    close $connection;
}
