// Oracle makes certificates, from a seed, and judges them with Go's crypto/x509 and crypto/tls, which the relay server and the agents use.
//
//	oracle <seed> <random cases>
//
// It prints one line of JSON for each case; a line of a server names the address where it listens. The servers end with standard input.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"math/rand"
	"os"
	"strconv"
)

func main() {
	seed, err := strconv.ParseInt(os.Args[1], 10, 64)
	must(err)
	count, err := strconv.Atoi(os.Args[2])
	must(err)
	makeKeys()
	makeOwnCertificate()
	output := bufio.NewWriter(os.Stdout)
	lines := json.NewEncoder(output)
	forEachCase(seed, count, func(t *testCase, name string) bool {
		judge := judgeClient
		if t.server {
			judge = judgeServer
		}
		result := judge(t, name)
		must(lines.Encode(result))
		return result.Accepted
	})
	must(output.Flush())
	os.Stdout.Close()
	io.Copy(io.Discard, os.Stdin)
}

// forEachCase makes every mutation alone, on both sides, and then random combinations of two or three: for each half that are good alone, and
// for the rest one that need not be. Combinations of any would nearly all be bad.
func forEachCase(seed int64, count int, judge func(*testCase, string) bool) {
	for _, server := range []bool{false, true} {
		own := clientMutations()
		if server {
			own = serverMutations()
		}
		all := append(commonMutations(), own...)
		for depth := range 4 {
			judge(newCase(server, depth, nil), "good, "+strconv.Itoa(depth)+" intermediates")
		}
		var good []mutation
		for _, one := range all {
			t := newCase(server, 1, nil)
			one.apply(t)
			if judge(t, one.name) {
				good = append(good, one)
			}
		}
		random := rand.New(rand.NewSource(seed))
		for i := range count / 2 {
			t := newCase(server, random.Intn(4), random)
			name := strconv.Itoa(len(t.intermediates)) + " intermediates"
			apply := func(from []mutation) {
				one := from[random.Intn(len(from))]
				one.apply(t)
				name += " + " + one.name
			}
			for range 1 + random.Intn(2) {
				apply(good)
			}
			if i%2 == 0 {
				apply(good)
			} else {
				apply(all)
			}
			judge(t, name)
		}
		for i := range count / 2 {
			t := newCase(server, 1, random)
			role := []string{"leaf", "leaf", "intermediate", "root"}[random.Intn(4)]
			for range random.Intn(3) {
				good[random.Intn(len(good))].apply(t)
			}
			targets[role](t).tamper = func(tbs []byte) {
				for range 1 + random.Intn(2) {
					place := random.Intn(len(tbs))
					tbs[place] = []byte{tbs[place] ^ 1<<random.Intn(8), byte(random.Intn(256)), 0, 0xff}[random.Intn(4)]
				}
			}
			judge(t, role+": bytes changed before the signature, "+strconv.Itoa(i))
		}
	}
}
