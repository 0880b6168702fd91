#!/usr/bin/perl
# The worker of the differential tests. It tells the conductor what it was given and which signals it gets, does what
# the conductor says, and answers `generation:pid` on every listener.
#
# In Perl and not the fixture server of the other tests, for two reasons: a Node program sets O_NONBLOCK on listeners
# and has a dozen descriptors of its own, so it cannot tell what it was given; and it must know the type of a listener
# without SSD_SOCKET_TYPES, which start_server does not set.
#
# While two generations live, connect only where the other one does not accept: accept(2) blocks here.
use strict;
use warnings;
use Socket qw(:DEFAULT inet_ntop pack_sockaddr_un unpack_sockaddr_un unpack_sockaddr_in6 IPPROTO_IPV6 IPPROTO_TCP IPV6_V6ONLY);

use constant {SO_REUSEPORT => 15, TCP_INFO => 11};
# A reference to a scalar goes into JSON as it is, every other scalar as a string.
use constant {TRUE => \'true', FALSE => \'false'};

my @kept;
my $given = descriptors();
my %listeners = map { ($_->{listening} // '') eq TRUE || $_->{type} eq 'udp' ? (${$_->{fd}} => $_) : () } @$given;
my $stubborn = 0;

socket(my $conductor, AF_UNIX, SOCK_STREAM, 0) or exit 99;
connect($conductor, pack_sockaddr_un($ENV{SSD_TEST_CONDUCTOR})) or exit 99;
my @signals = qw(HUP INT QUIT USR1 USR2 TERM);
my (%rank, @caught);
for my $signal (@signals) {
    $rank{$signal} = keys %rank;
    $SIG{$signal} = sub { push @caught, $signal };
}
say_to_conductor({
    type => 'hello',
    generation => \$ENV{SERVER_STARTER_GENERATION},
    pid => \$$,
    cwd => readlink '/proc/self/cwd',
    env => {%ENV},
    descriptors => {},
    given => $given,
});

my %handles;
for my $fd (keys %listeners) {
    open $handles{$fd}, '+<&=', $fd or exit 97;
}
while (1) {
    my $ready = '';
    vec($ready, $_, 1) = 1 for keys %listeners, fileno $conductor;
    # Perl runs handlers between its own steps: a signal just before select(2) would wait for its end.
    my $found = select($ready, undef, undef, 0.2);
    report_signals();
    next if $found < 1;
    obey() if vec($ready, fileno $conductor, 1);
    for my $fd (keys %listeners) {
        answer($fd) if vec($ready, $fd, 1);
    }
}

# Those that are pending at once come in any order; they are told in that of their numbers, as the kernel delivers them.
sub report_signals {
    for my $signal (sort { $rank{$a} <=> $rank{$b} } splice @caught) {
        say_to_conductor({type => 'signal', signal => "SIG$signal"});
        leave(0) unless $stubborn;
    }
}

sub obey {
    sysread($conductor, my $orders, 65536) or exit 98; # the test is over
    for (split /\n/, $orders) {
        leave($1) if /"do":"exit","code":(\d+)/;
        kill $1, $$ if /"do":"die","signal":"SIG(\w+)"/;
        $stubborn = 1 if /"do":"be-stubborn"/;
        say_to_conductor({type => 'done', order => $1}) if /"do":"([\w-]+)"/;
    }
}

sub answer {
    my $fd = shift;
    my $text = "$ENV{SERVER_STARTER_GENERATION}:$$";
    if ($listeners{$fd}{type} eq 'udp') {
        my $client = recv $handles{$fd}, my $datagram, 1500, MSG_DONTWAIT;
        send $handles{$fd}, $text, 0, $client if defined $client;
    } elsif (accept my $client, $handles{$fd}) {
        syswrite $client, "$text\n";
    }
}

sub leave {
    close $conductor;
    exit shift;
}

# What this process was given, before it opens anything itself; Perl has this file open besides.
sub descriptors {
    opendir my $directory, '/proc/self/fd' or exit 96;
    my @found;
    for my $fd (sort { $a <=> $b } grep { /^\d+$/ } readdir $directory) {
        my $link = readlink "/proc/self/fd/$fd" // next;
        next if $link eq $0 || $link =~ m{^/proc/\d+/fd$};
        push @found, {fd => \$fd, what => $link, facts_of($fd)};
    }
    return \@found;
}

sub facts_of {
    my $fd = shift;
    open my $info, '<', "/proc/self/fdinfo/$fd" or exit 96;
    my ($flags) = map { /^flags:\s*(\d+)/ ? oct $1 : () } <$info>;
    my %facts = (type => 'none', blocking => truth(!($flags & 04000)), closeOnExec => truth($flags & 02000000));
    open my $socket, '+<&=', $fd or return %facts;
    my $option = sub {
        my $value = getsockopt $socket, $_[0], $_[1];
        defined $value ? unpack 'i', $value : undef;
    };
    my $type = $option->(SOL_SOCKET, SO_TYPE);
    if (defined $type) {
        my $name = getsockname $socket;
        my $family = unpack 'S', $name;
        %facts = (
            %facts,
            type => $family == AF_UNIX ? 'unix' : $type == SOCK_DGRAM ? 'udp' : 'tcp',
            address => address($family, $name),
            listening => truth($option->(SOL_SOCKET, SO_ACCEPTCONN)),
            reuseAddress => truth($option->(SOL_SOCKET, SO_REUSEADDR)),
            reusePort => truth($option->(SOL_SOCKET, SO_REUSEPORT)),
            $family != AF_UNIX && $type == SOCK_STREAM ? (backlog => \backlog($socket)) : (),
            $family == AF_INET6 ? (v6only => truth($option->(IPPROTO_IPV6, IPV6_V6ONLY))) : (),
        );
    }
    push @kept, $socket; # lest the descriptor be closed with it
    return %facts;
}

# What tcp_info(7) calls sacked is the limit of the queue where a socket listens.
sub backlog { unpack 'x28 L', getsockopt(shift, IPPROTO_TCP, TCP_INFO) }

sub address {
    my ($family, $name) = @_;
    return unpack_sockaddr_un($name) if $family == AF_UNIX;
    my ($port, $host) = $family == AF_INET6 ? unpack_sockaddr_in6($name) : unpack_sockaddr_in($name);
    $host = inet_ntop($family, $host);
    return $family == AF_INET6 ? "[$host]:$port" : "$host:$port";
}

sub say_to_conductor {
    my $line = json(shift) . "\n";
    syswrite $conductor, $line;
}

sub truth { shift() ? TRUE : FALSE }

sub json {
    my $value = shift;
    return $$value if ref $value eq 'SCALAR';
    return '[' . join(',', map { json($_) } @$value) . ']' if ref $value eq 'ARRAY';
    return '{' . join(',', map { json($_) . ':' . json($value->{$_}) } sort keys %$value) . '}' if ref $value;
    return '"' . $value =~ s/([\x00-\x1f"\\])/sprintf '\\u%04x', ord $1/ger . '"';
}
