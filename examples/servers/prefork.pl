#!/usr/bin/perl
# A server on Net::Server, as the manual of Net::Server::SS::PreFork has it.
package Hello;
use strict;
use warnings;
use base 'Net::Server::SS::PreFork';

# A release that cannot be loaded, for the test.
die "this release is broken\n" if $ENV{BROKEN};

sub process_request {
    while (my $line = <STDIN>) {
        last if $line =~ /^\r?\n$/;
    }
    my $body = "generation $ENV{SERVER_STARTER_GENERATION}, pid $$\n";
    print "HTTP/1.1 200 OK\r\nContent-Length: ", length $body, "\r\nConnection: close\r\n\r\n$body";
}

__PACKAGE__->run(min_servers => 2, max_servers => 2, min_spare_servers => 1, max_spare_servers => 1);
