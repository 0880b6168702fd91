// A net/http server for ssd.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	listener, err := inheritedListener()
	if err != nil {
		log.Fatal(err)
	}
	// SIGINT too: Ctrl-C in a terminal reaches ssd and its workers alike.
	stop, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)

	page := fmt.Sprintf("generation %s, pid %d\n", os.Getenv("SERVER_STARTER_GENERATION"), os.Getpid())
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, page) })
	http.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Second)
		fmt.Fprint(w, page)
	})
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	// What comes before Serve accepts waits in the listener's queue.
	if err := sayReady(); err != nil {
		log.Fatal(err)
	}

	<-stop.Done()
	// It accepts no more and returns when every request has its answer.
	if err := server.Shutdown(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// inheritedListener takes the first of the listeners in SERVER_STARTER_PORT, which is like "8080=3;8081=4".
func inheritedListener() (net.Listener, error) {
	first, _, _ := strings.Cut(os.Getenv("SERVER_STARTER_PORT"), ";")
	fd, err := strconv.Atoi(first[strings.LastIndex(first, "=")+1:])
	if err != nil {
		return nil, errors.New("no listener in SERVER_STARTER_PORT: run this server by ssd")
	}
	file := os.NewFile(uintptr(fd), first)
	defer file.Close() // FileListener has made a copy.
	return net.FileListener(file)
}

// sayReady writes the newline that --ready=fd waits for.
func sayReady() error {
	fd, err := strconv.Atoi(os.Getenv("SSD_READY_FD"))
	if err != nil {
		return nil // Nobody asked for it.
	}
	file := os.NewFile(uintptr(fd), "SSD_READY_FD")
	defer file.Close()
	_, err = file.WriteString("\n")
	return err
}
