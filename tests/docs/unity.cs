// What Music.cs of docs/guides/bank.md uses of Unity, by the signatures of its manual, with a clock of its own; and a game
// that plays a bank with it and says what is heard when.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Reflection;
using System.Text;

namespace UnityEngine {
    public class Object { public string name; }
    public class AudioClip : Object { public float length; }
    public class TextAsset : Object { public string text { get; set; } }
    public class Coroutine { }

    public class WaitForSecondsRealtime {
        public readonly float Seconds;
        public WaitForSecondsRealtime(float time) { Seconds = time; }
    }

    public class AudioSource : Object {
        float began;
        public AudioClip clip { get; set; }
        public bool loop { get; set; }

        public float time {
            get {
                float since = Clock.Now - began;
                return loop ? since % clip.length : Math.Min(since, clip.length);
            }
        }

        public void Play() {
            began = Clock.Now;
            Clock.Say(clip.name + (loop ? " looped" : " once"));
        }

        public void PlayOneShot(AudioClip clip) { Clock.Say(clip.name + " over it"); }
    }

    public class MonoBehaviour : Object {
        readonly object part = new AudioSource();
        public T GetComponent<T>() { return (T)part; }

        public Coroutine StartCoroutine(IEnumerator routine) {
            Clock.Begin(routine);
            return new Coroutine();
        }
    }

    public static class Resources {
        public static string Folder;

        public static T Load<T>(string path) where T : Object {
            string file = Path.Combine(Folder, path);
            if (typeof(T) == typeof(TextAsset))
                return new TextAsset { text = File.ReadAllText(file + ".json") } as T;
            return new AudioClip { name = Path.GetFileName(path), length = Length(file + ".wav") } as T;
        }

        static float Length(string file) {
            byte[] bytes = File.ReadAllBytes(file);
            int data = Encoding.ASCII.GetString(bytes, 0, 256).IndexOf("data");
            return BitConverter.ToInt32(bytes, data + 4) / (float)BitConverter.ToInt32(bytes, 28);
        }
    }

    public static class Clock {
        public static float Now;
        static readonly List<KeyValuePair<float, IEnumerator>> waiting = new List<KeyValuePair<float, IEnumerator>>();

        public static void Say(string what) { Console.WriteLine(Now.ToString("F3", CultureInfo.InvariantCulture) + " " + what); }

        public static void Begin(IEnumerator routine) {
            if (routine.MoveNext())
                waiting.Add(new KeyValuePair<float, IEnumerator>(Now + ((WaitForSecondsRealtime)routine.Current).Seconds, routine));
        }

        public static void Advance(float seconds) {
            float end = Now + seconds;
            while (true) {
                waiting.Sort((a, b) => a.Key.CompareTo(b.Key));
                if (waiting.Count == 0 || waiting[0].Key > end) break;
                var next = waiting[0];
                waiting.RemoveAt(0);
                Now = next.Key;
                Begin(next.Value);
            }
            Now = end;
        }
    }
}

public static class Game {
    public static void Main(string[] words) {
        UnityEngine.Resources.Folder = words[0];
        var music = new Music();
        typeof(Music).GetMethod("Awake", BindingFlags.Instance | BindingFlags.NonPublic).Invoke(music, null);
        music.Loop("explore");
        UnityEngine.Clock.Advance(float.Parse(words[1], CultureInfo.InvariantCulture));
        music.GoTo("fight");
        UnityEngine.Clock.Advance(30);
        music.Sting("found");
        music.GoTo("explore");
        UnityEngine.Clock.Advance(30);
    }
}
