#!/usr/bin/perl
# The plain loop of the Server::Starter manual: one process, a blocking accept, one request after the other.
use strict;
use warnings;
use IO::Socket::INET;
use Server::Starter qw(server_ports);

# A release that cannot be loaded, for the test.
die "this release is broken\n" if $ENV{BROKEN};

my $listener = IO::Socket::INET->new(Proto => 'tcp');
$listener->fdopen((values %{server_ports()})[0], 'w') or die "cannot take the listener: $!";

# Perl runs the handler between two operations: a request that was accepted is answered first.
# One that comes just before accept is seen after one connection more: that is the price of the plain loop.
my $stopping = 0;
$SIG{TERM} = sub { $stopping = 1 };

until ($stopping) {
    my $connection = $listener->accept or next;
    while (my $line = <$connection>) {
        last if $line =~ /^\r?\n$/;
    }
    my $body = "generation $ENV{SERVER_STARTER_GENERATION}, pid $$\n";
    print $connection "HTTP/1.1 200 OK\r\nContent-Length: ", length $body, "\r\nConnection: close\r\n\r\n$body";
    close $connection;
}
